import { useEffect, useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

interface CopyProps {
  readonly text: string
  /** What is copied: 'the secret'. */
  readonly what: string
}

const SAID_MS = 2_000

/** Without a secure origin browsers copy nothing; the button then says so, and the text can be marked by hand. */
export function Copy({ text, what }: CopyProps) {
  const [said, setSaid] = useState<string>()
  useEffect(() => {
    if (said === undefined) return
    const timer = setTimeout(() => setSaid(undefined), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied')
    } catch {
      setSaid('Mark and copy it by hand')
    }
  }
  return (
    <span class="copy">
      <Button onClick={() => void copy()}>
        <Icon name={said === 'Copied' ? 'check' : 'copy'} />
        {said ?? 'Copy'}
        <span class="unseen"> {what}</span>
      </Button>
      <span class="unseen" role="status">
        {said}
      </span>
    </span>
  )
}

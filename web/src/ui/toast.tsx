import { type ComponentChildren, createContext } from 'preact'
import { useCallback, useContext, useEffect, useState } from 'preact/hooks'

type Say = (text: string) => void

const SAID_MS = 5_000

const ToastContext = createContext<Say>(() => undefined)

/** Says in a corner, for a few seconds, that something was done. */
export const useToast = (): Say => useContext(ToastContext)

export function Toasts({ children }: { readonly children: ComponentChildren }) {
  const [said, setSaid] = useState<{ readonly text: string }>()
  const say = useCallback((text: string) => setSaid({ text }), [])
  useEffect(() => {
    const timer = setTimeout(() => setSaid(undefined), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  return (
    <ToastContext value={say}>
      {children}
      <div class="toasts" role="status">
        {said !== undefined && <p class="toast">{said.text}</p>}
      </div>
    </ToastContext>
  )
}

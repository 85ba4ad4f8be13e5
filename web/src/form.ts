import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useAction } from './api/action.ts'
import type { Result } from './api/call.ts'
import type { Problem } from './api/types.ts'
import { errorsByField } from './field-errors.ts'

type Errors = ReadonlyMap<string, string>

export interface FormOptions<D, T> {
  /** What the form begins with. Its members are called as those of the body are, where the api may complain of them. */
  readonly draft: D
  /** What need not be asked: the api knows everything else better. */
  readonly missing: (draft: D) => Errors
  readonly send: (draft: D) => Promise<Result<T>>
  readonly onSaved: (saved: T) => void
}

/** A form that is being filled in. */
export interface Form<D> {
  readonly draft: D
  readonly change: (changes: Partial<D>) => void
  /** What to mend, by the member of the draft. */
  readonly errors: Errors
  /** What stands against it beside that. */
  readonly problem: Problem | undefined
  readonly busy: boolean
  /** Of the `form` element. */
  readonly props: {
    readonly ref: RefObject<HTMLFormElement | null>
    readonly noValidate: true
    readonly onSubmit: (event: SubmitEvent) => void
  }
}

export function useForm<D extends object, T>(options: FormOptions<D, T>): Form<D> {
  const [draft, setDraft] = useState(options.draft)
  const { busy, problem, run } = useAction()
  const [errors, setErrors] = useState<Errors>(new Map())
  const ref = useRef<HTMLFormElement>(null)

  useEffect(() => setErrors(errorsByField(problem)), [problem])

  // The first field with something to mend, as soon as it says so.
  useEffect(() => {
    if (errors.size === 0) return
    const first = ref.current?.querySelector('[aria-invalid], .error:not(:empty)')
    const field = first?.closest('.field')
    field?.querySelector<HTMLElement>('input:not(:disabled), textarea')?.focus()
  }, [errors])

  /** What is typed into is no longer what was complained about. */
  const change = (changes: Partial<D>): void => {
    setDraft({ ...draft, ...changes })
    const left = [...errors].filter(([name]) => !(name in changes))
    if (left.length < errors.size) setErrors(new Map(left))
  }
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    const gaps = options.missing(draft)
    if (gaps.size > 0) setErrors(gaps)
    else run(() => options.send(draft), options.onSaved)
  }
  const beside = errorsByField(problem)
  const isElsewhere = beside.size === 0 || [...beside.keys()].some(name => !(name in draft))
  return {
    draft,
    change,
    errors,
    problem: isElsewhere ? problem : undefined,
    busy,
    props: { ref, noValidate: true, onSubmit },
  }
}

import type { ComponentChildren } from 'preact'
import type { Problem } from '../api/types.ts'
import { Icon } from './icon.tsx'

/** Something that is not as it should be, and that nobody has just caused. */
export const Note = ({
  title,
  children,
}: {
  readonly title: string
  readonly children: ComponentChildren
}) => (
  <div class="note bad">
    <Icon name="alert" />
    <div>
      <p class="note-title">{title}</p>
      {children}
    </div>
  </div>
)

/** A problem, in the words of the api. */
export const ProblemNote = ({ problem }: { readonly problem: Problem }) => (
  <div class="note bad" role="alert">
    <Icon name="alert" />
    <div>
      <p class="note-title">{problem.title}</p>
      {problem.detail !== undefined && <p>{problem.detail}</p>}
      {problem.code === 'not-found' && problem.detail === undefined && (
        <p>It was deleted, or it is another account's, or on the other side of the switch “Test data”.</p>
      )}
      {problem.request_id !== undefined && problem.status >= 500 && (
        <p>
          If it stays, report <code>{problem.request_id}</code>.
        </p>
      )}
    </div>
  </div>
)

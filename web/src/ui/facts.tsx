import type { ComponentChildren } from 'preact'

/** Names and values, a line each. What is undefined is left out. */
export const Facts = ({
  of,
}: {
  readonly of: { readonly [name: string]: ComponentChildren | undefined }
}) => (
  <dl class="facts">
    {Object.entries(of).map(
      ([name, value]) =>
        value !== undefined && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
    )}
  </dl>
)

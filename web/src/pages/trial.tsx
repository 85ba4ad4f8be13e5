import type { Trial } from '../api/types.ts'
import { here } from '../mode.ts'
import { paths } from '../route.ts'
import { Icon } from '../ui/icon.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Ago } from '../ui/time.tsx'
import { count } from '../words.ts'

/** What a condition would have done with the last events. */
export function TrialResult({ trial: { tried, met, events } }: { readonly trial: Trial }) {
  if (tried === 0)
    return (
      <p class="trial-sum">
        The condition is sound. There are no events of these types yet that it could be tried on.
      </p>
    )
  return (
    <>
      <p class="trial-sum">
        Would have fired for <b>{met}</b> of the last {count(tried, 'event')}.
      </p>
      <Scroll label="The last events">
        <ul class="trial">
          {events.map(event => (
            <li key={event.id} class={event.met ? 'met' : 'unmet'}>
              <span class="trial-mark">
                <Icon name={event.met ? 'check' : 'minus'} />
                <span class="unseen">{event.met ? 'Fires:' : 'Does not fire:'}</span>
              </span>
              <div>
                <a href={here(paths.event(event.id))} target="_blank" rel="noreferrer">
                  <code>{event.type}</code>
                </a>{' '}
                <span class="soft">
                  <Ago at={event.at} />
                </span>
                {event.because !== null && <p class="soft">{event.because}</p>}
              </div>
            </li>
          ))}
        </ul>
      </Scroll>
    </>
  )
}

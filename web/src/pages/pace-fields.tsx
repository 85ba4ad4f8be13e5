import { type Draft, emptyDraft } from '../draft.ts'
import { Segments } from '../ui/choice.tsx'
import { TextField } from '../ui/field.tsx'
import { Fold } from '../ui/fold.tsx'

interface PaceProps {
  readonly draft: Draft
  readonly errors: ReadonlyMap<string, string>
  readonly onChange: (changes: Partial<Draft>) => void
}

const PER = [
  { value: 'second', label: 'A second' },
  { value: 'minute', label: 'A minute' },
] as const

/** How much a receiver is sent at once, how fast, and in which order. */
export function PaceFields({ draft, errors, onChange }: PaceProps) {
  const { concurrency, rate, per, order } = draft
  return (
    <Fold
      title="Pace and order"
      says={concurrency !== emptyDraft.concurrency || rate !== '' || order !== ''}
      isWrong={['concurrency', 'rate', 'order'].some(name => errors.has(name))}
    >
      <TextField
        label="At once"
        keyboard="numeric"
        value={concurrency}
        onValue={value => onChange({ concurrency: value })}
        error={errors.get('concurrency')}
        maxLength={2}
        hint="How many attempts may be under way at the same time, 1 to 64."
      />
      <div class="side-by-side">
        <TextField
          label="Attempts at most"
          optional
          keyboard="numeric"
          value={rate}
          onValue={value => onChange({ rate: value })}
          error={errors.get('rate')}
          maxLength={5}
          hint="Empty: as many as there are."
        />
        <Segments label="In" options={PER} value={per} onValue={value => onChange({ per: value })} />
      </div>
      <TextField
        label="Order"
        optional
        value={order}
        onValue={value => onChange({ order: value })}
        error={errors.get('order')}
        maxLength={100}
        placeholder="data.id"
        hint="A field: events in which it is the same are sent one after another, each once the one before has arrived or is given up."
      />
    </Fold>
  )
}

import { Segments } from '../ui/choice.tsx'

/** For how many seconds what is replaced goes on beside what replaces it. */
export type Overlap = (typeof OVERLAPS)[number]['value']

const OVERLAPS = [
  { value: '0', label: 'None' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
] as const

interface OverlapFieldProps {
  readonly value: Overlap
  readonly onValue: (value: Overlap) => void
  /** What there being none means, and there being some. */
  readonly none: string
  readonly some: string
}

export const OverlapField = ({ value, onValue, none, some }: OverlapFieldProps) => (
  <Segments
    label="Overlap"
    options={OVERLAPS}
    value={value}
    onValue={onValue}
    about={value === '0' ? none : some}
  />
)

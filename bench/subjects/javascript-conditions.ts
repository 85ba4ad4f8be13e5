import { conditions, evaluateConditions, event } from './conditions.ts'

// What nobody may do with a stranger's text: the limit, not a peer.
const { data, before } = event
const at = Date.parse(event.at)
const functions = conditions.map(
  ({ javascript }) =>
    new Function('data', 'before', 'at', `return ${javascript}`) as (...of: unknown[]) => boolean,
)
evaluateConditions(functions, met => met(data, before, at))

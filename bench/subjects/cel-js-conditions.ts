import { Environment } from '@marcbachmann/cel-js'
import { conditions, evaluateConditions, event } from './conditions.ts'

const environment = new Environment({ unlistedVariablesAreDyn: true })
const context = { ...event, at: new Date(event.at) }
const parsed = conditions.map(({ cel }) => environment.parse(cel))
evaluateConditions(parsed, evaluate => {
  try {
    return evaluate(context) === true
  } catch {
    return false
  }
})

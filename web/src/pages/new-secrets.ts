// What was just made and is shown once, in this tab's memory only: the page it is shown on comes after the form.

import type { IssuedKey } from '../api/types.ts'

const secrets = new Map<string, string>()

export const keepSecret = (webhookId: string, secret: string): void => void secrets.set(webhookId, secret)
export const secretOf = (webhookId: string): string | undefined => secrets.get(webhookId)
export const forgetSecret = (webhookId: string): void => void secrets.delete(webhookId)

let issued: IssuedKey | undefined

export const keepIssued = (key: IssuedKey): void => {
  issued = key
}
export const lastIssued = (): IssuedKey | undefined => issued
export const forgetIssued = (): void => {
  issued = undefined
}

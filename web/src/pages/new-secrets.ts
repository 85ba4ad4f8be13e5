// Secrets that were just made, by webhook, in this tab's memory only: the page they are shown on comes after the form.

const secrets = new Map<string, string>()

export const keepSecret = (webhookId: string, secret: string): void => void secrets.set(webhookId, secret)
export const secretOf = (webhookId: string): string | undefined => secrets.get(webhookId)
export const forgetSecret = (webhookId: string): void => void secrets.delete(webhookId)

import { createHmac } from 'node:crypto'

/** The secret of a subject that has no other: base64 of 32 bytes, as Standard Webhooks writes it. */
export const SECRET = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='

export const keyOf = (secret: string): Buffer => Buffer.from(secret.slice('whsec_'.length), 'base64')

/** HMAC-SHA256 over id.timestamp.body (Standard Webhooks, "Signature scheme"). */
export const sign = (key: Buffer, id: string, timestamp: string, body: string | Uint8Array): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`

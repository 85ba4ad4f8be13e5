/** Whether a member may not be called so, in any format: JavaScript would take it for something of its own. */
export const isRefusedName = (name: string): boolean =>
  name === '__proto__' || name === 'constructor' || name === 'prototype'

/** Levels of arrays and objects in each other, in answers; and by default in requests. */
export const MAX_DEPTH = 64

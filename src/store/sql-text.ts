/** A name of a table or a column as SQL has it: a schema may name its fields as it likes. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text as SQL has it. Only for what stands in a definition: a caller's values are bound. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`

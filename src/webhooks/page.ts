import * as z from 'zod'

/**
 * A page of what is no resource, in the form that pages of resources have.
 *
 * @param element what a row is called in XML.
 */
export const page = <S extends z.ZodType>(row: S, element: string) =>
  z.object({
    data: z.array(row.meta({ xml: { name: element } })).meta({ xml: { nodeType: 'element' } }),
    next: z.string().nullable(),
  })

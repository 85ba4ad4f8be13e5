export { AnswerMismatch, isUncarried } from './answer-mismatch.ts'
export { compileCsvWriter } from './csv/write.ts'
export {
  compileFieldsReader,
  compileFormReader,
  type FieldsReader,
  type FormReader,
  type FormReading,
} from './form/read.ts'
export type { BodyLimits } from './json/limits.ts'
export { type BodyProblem, type JsonReading, readJson } from './json/read.ts'
export { compileJsonWriter, type JsonWriter } from './json/write.ts'
export { MalformedMultipart } from './multipart/malformed.ts'
export { boundaryOf, type Part, partsOf } from './multipart/parts.ts'
export { compileNdjsonWriter, readNdjson } from './ndjson.ts'
export { compileParameters, formText, type Parameter, type ParameterWriter } from './parameters.ts'
export { compileQueryReader, type QueryReader, type QueryReading } from './query.ts'
export type { QueryError } from './query-string.ts'
export type { RowWriter } from './rows.ts'
export { writeProblemXml } from './xml/problem.ts'
export { compileXmlReader, type XmlReader, type XmlReading } from './xml/read.ts'
export { compileXmlWriter, type XmlOptions, type XmlWriter } from './xml/write.ts'

export { FILE_PREFIX, fileEndpoints, files, findFile, hasFiles, keepFile } from './files.ts'
export { type OpenSink, type Sink, SinkFull } from './port.ts'
export { COMMIT_WITHIN_MS, removeDeleted, sweepOrphans } from './sweep.ts'

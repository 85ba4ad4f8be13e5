/** Milliseconds of the processor for which this thread works meanwhile. What else the machine does beside it is not counted. */
export function threadMs(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

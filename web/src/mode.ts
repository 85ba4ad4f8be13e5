/** What the page shows: live data, or the test data of the same account. The address says which, so that links and reloads keep it. */
export type Mode = 'live' | 'test'

const TEST = /^\/portal\/test(?=\/|$)/

export const modeOf = (path: string): Mode => (TEST.test(path) ? 'test' : 'live')

/** A path of the page as if there were no modes. */
export const withoutMode = (path: string): string => path.replace(TEST, '/portal')

/** The same page in a mode. */
export const inMode = (path: string, mode: Mode): string =>
  mode === 'test' ? withoutMode(path).replace('/portal', '/portal/test') : withoutMode(path)

/** A path in the mode that is shown. */
export const here = (path: string): string => inMode(path, modeOf(location.pathname))

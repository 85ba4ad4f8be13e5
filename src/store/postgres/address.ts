/**
 * Without this the driver takes what it cannot read for the name of a database on this machine.
 *
 * @throws Error that says what an address is. It does not quote what was given, which may hold a password.
 */
export function checkAddress(url: unknown): void {
  if (typeof url !== 'string' || url === '') {
    throw new Error(
      `the address of the database is ${url === '' ? 'empty' : String(url)}: is the variable set that it comes from? ${FORM}`,
    )
  }
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new Error(`the address of the database does not begin with postgres://. ${FORM}`)
  }
  if (!URL.canParse(url)) {
    throw new Error(
      `the address of the database is no URL: in a password write # as %23, / as %2F, ? as %3F, @ as %40 and % as %25. ${FORM}`,
    )
  }
}

const FORM = "Write 'postgres://user:password@host/database'"

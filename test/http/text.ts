import fc from 'fast-check'

const unit = fc
  .oneof({ weight: 3, arbitrary: fc.nat(0x7f) }, { weight: 1, arbitrary: fc.nat(0xffff) })
  .map(code => String.fromCharCode(code))

/** Any text that a string can hold, lone surrogates included, most of it ASCII. fast-check's own takes a second to start. */
export const anyText: fc.Arbitrary<string> = fc.array(unit, { maxLength: 24 }).map(units => units.join(''))

/** Text that UTF-8 can carry. */
export const wellFormedText: fc.Arbitrary<string> = anyText.map(text => text.toWellFormed())

// The one error of the package: the error object of docs/json.md.

/** What is wrong, where, and one next step. */
export class TritkitError extends Error {
  override readonly name = 'TritkitError'
  /** Of the list in docs/json.md: 'truncated', 'not-ternary', 'changed', 'exists', … */
  readonly code: string
  /** The file it is about, or "". */
  readonly file: string
  /** The tensor or metadata key it is about, or "". */
  readonly tensor: string
  /** Byte offset in file, or -1. */
  readonly offset: number
  /** What to do now, or "". */
  readonly next: string

  constructor(fault: { code: string; message: string; file?: string; tensor?: string; offset?: number; next?: string }, cause?: unknown) {
    super(fault.message, cause === undefined ? undefined : { cause })
    this.code = fault.code
    this.file = fault.file ?? ''
    this.tensor = fault.tensor ?? ''
    this.offset = fault.offset ?? -1
    this.next = fault.next ?? ''
  }

  /** The object that `trit --json` prints as "error". */
  toJSON(): { code: string; message: string; file: string; tensor: string; offset: number; next: string } {
    return { code: this.code, message: this.message, file: this.file, tensor: this.tensor, offset: this.offset, next: this.next }
  }
}

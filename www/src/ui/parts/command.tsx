// A command line that does what the page would, to copy.

import { Copy } from './copy'

export function Command({ line, label = 'The same on the command line' }: { line: string; label?: string }) {
  return (
    <figure class="command">
      <figcaption>{label}</figcaption>
      <div class="command-line" tabIndex={0} role="group" aria-label="Command">
        <code><span class="prompt" aria-hidden="true">$ </span>{line}</code>
      </div>
      <Copy text={line} label="Copy the command" quiet />
    </figure>
  )
}

/** Quotes an argument for a POSIX shell where it needs it. */
export const quote = (s: string): string => (/^[\w@%+=:,./-]+$/.test(s) ? s : `'${s.replaceAll("'", `'\\''`)}'`)

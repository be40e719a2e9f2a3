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

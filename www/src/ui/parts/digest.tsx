// A hash, short enough to compare by eye and whole to copy.

import { Copy } from './copy'

export function Digest({ label, value, why }: { label: string; value: string; why?: string }) {
  return (
    <div class="digest">
      <span class="digest-label">{label}</span>
      <code class="digest-value">{value}</code>
      <Copy text={value} label={`Copy the ${label}`} quiet />
      {why && <span class="digest-why">{why}</span>}
    </div>
  )
}

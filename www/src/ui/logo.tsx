// The sign of Tritkit: three bars on a zero line, one below (−1), one on it (0), one above (+1).

export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
    <rect class="mark-neg" x="4" y="17" width="6" height="12" rx="2" />
    <rect class="mark-zero" x="13" y="13" width="6" height="6" rx="3" />
    <rect class="mark-pos" x="22" y="3" width="6" height="12" rx="2" />
  </svg>
)

export const Wordmark = () => (
  <span class="wordmark">
    <Mark />
    <span>tritkit</span>
  </span>
)

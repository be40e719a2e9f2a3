// The few signs that the page uses, drawn on a grid of 20 with lines of the same weight. All are beside words: hidden from
// screen readers.

import type { ComponentChildren } from 'preact'

const draw = (children: ComponentChildren) => (
  <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">{children}</svg>
)

export const icons = {
  overview: () => draw(<path d="M3 5h14M3 10h14M3 15h8" />),
  tensors: () => draw(<path d="M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z" />),
  metadata: () => draw(<path d="M4 4h5l7 7-5 5-7-7zM7 7h.01" />),
  lens: () => draw(<path d="M8.5 14a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM12.5 12.5 17 17M6 8.5h5" />),
  convert: () => draw(<path d="M3 7h12l-3-3M17 13H5l3 3" />),
  verify: () => draw(<path d="M10 2.5 16 5v5c0 4-3 6.500-6 7.500-3-1-6-3.500-6-7.500V5zM7 10l2.200 2.200L13 8" />),
  compare: () => draw(<path d="M3 4h6v12H3zM11 4h6v12h-6M13.500 8h1M13.500 12h1" />),
  edit: () => draw(<path d="m4 16 1-4 8-8 3 3-8 8zM11.500 5.500l3 3" />),
  copy: () => draw(<path d="M7 7h9v9H7zM4 13V4h9" />),
  done: () => draw(<path d="m4 10.500 4 4 8-9" />),
  warning: () => draw(<path d="M10 3 18 16.500H2zM10 8v4M10 14.200v.1" />),
  error: () => draw(<path d="M10 2.500a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15zM7.300 7.300l5.400 5.400M12.700 7.300l-5.400 5.400" />),
  info: () => draw(<path d="M10 2.500a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15zM10 9.200V14M10 6.300v.1" />),
  unknown: () => draw(<path d="M10 2.500a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15zM7.800 8a2.200 2.200 0 1 1 3.400 1.800c-.8.5-1.200.9-1.200 1.700M10 14v.1" />),
  file: () => draw(<path d="M5 2.500h6l4 4v11H5zM11 2.500v4h4" />),
  folder: () => draw(<path d="M2.500 5h5l2 2h8v9h-15z" />),
  globe: () => draw(<path d="M10 2.500a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15zM2.500 10h15M10 2.500c-5 5-5 10 0 15M10 2.500c5 5 5 10 0 15" />),
  close: () => draw(<path d="m5 5 10 10M15 5 5 15" />),
  right: () => draw(<path d="m8 5 5 5-5 5" />),
  left: () => draw(<path d="m12 5-5 5 5 5" />),
  down: () => draw(<path d="M10 3v10M6 9.500l4 4 4-4M4 17h12" />),
  search: () => draw(<path d="M8.500 14a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM12.500 12.500 17 17" />),
  lock: () => draw(<path d="M5 9h10v8H5zM7 9V6.500a3 3 0 0 1 6 0V9" />),
  sun: () => draw(<path d="M10 7a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM10 2v2M10 16v2M2 10h2M16 10h2M4.300 4.300l1.400 1.400M14.300 14.300l1.400 1.400M4.300 15.700l1.400-1.400M14.300 5.700l1.400-1.400" />),
  moon: () => draw(<path d="M15.500 12A6.500 6.500 0 0 1 8 4.500a6.500 6.500 0 1 0 7.500 7.500z" />),
  auto: () => draw(<path d="M3 4h14v9H3zM7 17h6M10 13v4" />),
}

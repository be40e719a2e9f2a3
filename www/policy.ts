// What the page may do, said once: the Content-Security-Policy of the built page. Scripts and styles are the page's own;
// connections go where the user sends them (a URL, a Hub id), and nowhere before. What only a header can say stands in headers.

export const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "worker-src 'self'",
  "connect-src 'self' https:",
  "img-src 'self' data:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The file _headers, as Netlify, Cloudflare Pages and others read it: for every path. */
export const headers = `/*
  Content-Security-Policy: ${policy}; frame-ancestors 'none'
  Referrer-Policy: no-referrer
  X-Content-Type-Options: nosniff
`

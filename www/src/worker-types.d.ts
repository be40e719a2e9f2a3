// What the compiler's DOM types leave to its worker types, which cannot stand beside them.

interface FileSystemSyncAccessHandle {
  write(bytes: ArrayBufferView, options?: { at?: number }): number
  flush(): void
  close(): void
}

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>
}

declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer
}

interface ExtendableEvent extends Event { waitUntil(p: Promise<unknown>): void }
interface FetchEvent extends ExtendableEvent { readonly request: Request; respondWith(r: Response | Promise<Response>): void }

interface ServiceWorkerGlobalScope {
  skipWaiting(): Promise<void>
  readonly clients: { claim(): Promise<void> }
  readonly registration: { readonly scope: string }
  addEventListener(type: 'install' | 'activate', f: (e: ExtendableEvent) => void): void
  addEventListener(type: 'fetch', f: (e: FetchEvent) => void): void
  addEventListener(type: 'message', f: (e: MessageEvent) => void): void
}

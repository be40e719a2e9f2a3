// What the page and a worker say to one another about one job.

import type { Fault, Input, Options, Output, Progress, Sink } from '../protocol'

export type Kind = 'show' | 'plan' | 'convert' | 'verify' | 'diff' | 'edit' | 'peek'

/** The job of a worker; there is one worker for each. dir is the folder of private storage for the opfs sink. */
export interface Start {
  module: WebAssembly.Module
  kind: Kind
  inputs: Input[]
  options: Options
  outputs: Output[]
  sink: Sink | null
  dir: string
}

/** From the page after Start: end the job and leave nothing. */
export const cancel = 'cancel'

export type Answer =
  | { is: 'progress'; progress: Progress }
  | { is: 'download'; id: string; name: string; size: number | null; port: MessagePort } // for the service worker
  | { is: 'navigate'; id: string } // the service worker is ready: begin the download
  | { is: 'done'; json: string; written: number[]; seconds: number; spent: Spent }
  | { is: 'failed'; fault: Fault }
  | { is: 'cancelled' }

/** Where a job's seconds went, for the benchmark. */
export interface Spent { read: number; step: number; write: number; steps: number; memory: number }

/** A fault of the page's own, in the form of the module's. */
export const fault = (code: string, message: string, next: string, file = ''): Fault => ({ code, message, file, tensor: '', offset: -1, next })

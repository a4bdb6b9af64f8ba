import { Fenced } from '@anlan/ports';
import { StoreFault, type StoreFaultCode, errorCode } from './store-fault.js';

/** An error on its way between threads: class, code and words survive. */
export type WireError = Readonly<{ name: string; message: string; stack: string | undefined; code: string; file: string }>;

export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, code: '', file: '' };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: errorCode(error),
    file: error instanceof StoreFault ? error.file : '',
  };
}

export function fromWire({ name, message, stack, code, file }: WireError): Error {
  if (name === 'Fenced') return new Fenced(message);
  if (name === 'StoreFault') return new StoreFault(code as StoreFaultCode, file, message);
  const error = Object.assign(
    name === 'RangeError' ? new RangeError(message) : name === 'TypeError' ? new TypeError(message) : new Error(message),
    { code },
  );
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

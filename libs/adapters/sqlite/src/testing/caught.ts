/** What `work` throws; an error of its own if it throws nothing. */
export function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return new Error('nothing was thrown');
}

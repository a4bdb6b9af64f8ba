/** The caller sent a cursor that no page of this list ever gave. The API answers 400 `bad_cursor`. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
  readonly code = 'bad_cursor';
  constructor() {
    super('the cursor does not belong to this list');
  }
}

/** What a style sheet is to Jest. */
export const none = {};

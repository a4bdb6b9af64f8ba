/** Ids of everything that people or bundles name. The pattern keeps `#`, `+`, `/` and `|` out of topics, paths and alarm keys. */
export const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

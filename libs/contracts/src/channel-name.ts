export const CHANNELS = ['outbox', 'webhook'] as const;
/** The ways a message can take to a person. */
export type ChannelName = (typeof CHANNELS)[number];

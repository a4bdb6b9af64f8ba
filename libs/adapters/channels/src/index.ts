export { outboxChannel } from './outbox-channel.js';
export { webhookChannel, type WebhookDeps } from './webhook-channel.js';
export { endpointOf, isPublic, type Egress, type Endpoint, type EndpointFault } from './egress.js';
export { keyOf, signatureOf } from './signature.js';
export { POST_LIMITS, type PostLimits } from './post.js';

export { aedesFeed, type AedesFeedDeps } from './aedes-feed.js';
export { MQTT_LIMITS, type MqttLimits } from './limits.js';

export { mqttFeed, type MqttFeedDeps } from './mqtt-feed.js';
export { MQTT_FEED_LIMITS, type MqttFeedLimits } from './limits.js';

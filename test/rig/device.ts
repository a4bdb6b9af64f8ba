import mqtt, { type MqttClient } from 'mqtt';

/** A device of the field: publishes with QoS 1 and sends again until it has its PUBACK. */
export class Device {
  private constructor(
    readonly id: string,
    readonly client: MqttClient,
  ) {}

  static async connect(port: number, id: string, credential: string): Promise<Device> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: id, username: id, password: credential, reconnectPeriod: 200, connectTimeout: 5_000, clean: false });
    client.on('error', () => undefined);
    return new Device(id, client);
  }

  /** Resolves with the PUBACK. */
  async telemetry(payload: unknown): Promise<void> {
    await this.client.publishAsync(`anlan/v1/devices/${this.id}/telemetry`, typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload), { qos: 1 });
  }

  end(): Promise<void> {
    return this.client.endAsync(true);
  }
}

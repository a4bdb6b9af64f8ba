import { alarmStoreContract, notificationStoreContract, type AlarmStoreHarness } from '@anlan/ports/contract';
import { memoryAlarms, testDigest } from './index.js';

const make = async (): Promise<AlarmStoreHarness> => {
  const { alarms, notifications, eventsOf } = memoryAlarms(testDigest);
  return { alarms, notifications, eventsOf: async (id) => eventsOf(id), dispose: async () => undefined };
};

alarmStoreContract('memory', make);
notificationStoreContract('memory', make);

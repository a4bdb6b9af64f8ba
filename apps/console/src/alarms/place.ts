import type { AlarmJson } from '@anlan/contracts';

/** Where it is, from the wide to the narrow; the id where the registry has lost it. */
export function placeText({ place, pointId }: Pick<AlarmJson, 'place' | 'pointId'>): string {
  return place === null ? pointId : `${place.asset} ${place.point}`;
}

/** With region and site before it. */
export function fullPlaceText(alarm: Pick<AlarmJson, 'place' | 'pointId'>): string {
  return alarm.place === null ? alarm.pointId : `${alarm.place.region} · ${alarm.place.site} · ${placeText(alarm)}`;
}

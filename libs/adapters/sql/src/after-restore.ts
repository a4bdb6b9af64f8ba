/** To be run on records that came back from a backup: nobody who was logged in then is logged in now, least of all someone who has left since (S-67). */
export const AFTER_RESTORE = 'DELETE FROM sessions;';

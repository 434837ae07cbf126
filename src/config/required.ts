/**
 * Names of the settings without which the app does not start on Azure: what the schema demands there, and what the host and
 * the libraries read by themselves. The check of the infrastructure holds the templates against this list.
 */
import { REQUIRED_BY_PLATFORM, settingsSchema } from './settings.ts';

const always = Object.entries(settingsSchema.shape)
  .filter(([, shape]) => !shape.safeParse(undefined).success)
  .map(([name]) => name);

/** Read by the Functions host and the durable extension, not by us. */
const host = [
  'AzureWebJobsStorage__credential',
  'AzureWebJobsStorage__clientId',
  'AzureWebJobsStorage__blobServiceUri',
  'DURABLE_TASK_SCHEDULER_CONNECTION_STRING',
  'TASKHUB_NAME',
];

export const REQUIRED_ON_AZURE: readonly string[] = [
  ...new Set([
    'COUNTERSIGN_PLATFORM',
    'COUNTERSIGN_CLIENT_ID',
    'COUNTERSIGN_TELEMETRY',
    ...always,
    ...REQUIRED_BY_PLATFORM.azure,
    ...host,
  ]),
];

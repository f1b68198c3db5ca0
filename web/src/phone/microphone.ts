/** The microphone: opened as the agent chose it, or the usual one where that is gone. */

import { device } from './choice'
import { PhoneError, troubleOf } from './trouble'

export interface Device {
  id: string
  label: string
}

/** The chosen microphone, open; PhoneError says why not. */
export async function openMicrophone(): Promise<MediaStream> {
  if (!window.isSecureContext || navigator.mediaDevices === undefined) throw new PhoneError('insecure')
  try {
    return await navigator.mediaDevices.getUserMedia(asked(device.get()))
  } catch (error) {
    if (device.get() === '' || troubleOf(error) !== 'none') throw new PhoneError(troubleOf(error))
  }
  // The headset that was chosen is not there today.
  try {
    return await navigator.mediaDevices.getUserMedia(asked(''))
  } catch (error) {
    throw new PhoneError(troubleOf(error))
  }
}

/** The microphones there are; their names are known only once one was allowed. */
export async function microphones(): Promise<Device[]> {
  const found = (await navigator.mediaDevices?.enumerateDevices()) ?? []
  const named = found.filter((one) => one.kind === 'audioinput' && one.deviceId !== '' && one.deviceId !== 'default')
  return named.map((one) => ({ id: one.deviceId, label: one.label }))
}

export function closeMicrophone(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
}

function asked(id: string): MediaStreamConstraints {
  const cleaned = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
  return { audio: id === '' ? cleaned : { ...cleaned, deviceId: { exact: id } } }
}

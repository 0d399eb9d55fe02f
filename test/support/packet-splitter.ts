/** Turns the chunks of an MQTT stream into whole packets. */
export function createPacketSplitter(): (chunk: Buffer) => readonly Buffer[] {
  let unread: Buffer = Buffer.alloc(0);
  return (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    const packets: Buffer[] = [];
    for (let length = lengthOf(unread); length !== undefined && length <= unread.length; ) {
      packets.push(unread.subarray(0, length));
      unread = unread.subarray(length);
      length = lengthOf(unread);
    }
    return packets;
  };
}

/** Of the first packet, its header included [MQTT 2.2.3]; undefined while not enough of it is there. */
function lengthOf(bytes: Buffer): number | undefined {
  let bodyLength = 0;
  for (let index = 1, digitValue = 1; index < bytes.length; index += 1, digitValue *= 128) {
    const byte = bytes.readUInt8(index);
    bodyLength += (byte & 0x7f) * digitValue;
    if (byte < 0x80) return index + 1 + bodyLength;
  }
  return undefined;
}

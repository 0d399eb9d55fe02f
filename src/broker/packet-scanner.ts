/** Follows the packets in a stream of bytes by their fixed headers alone. */
interface PacketScanner {
  /** Whether no packet that begins in this chunk, or in an earlier one, is larger than the limit. */
  isWithinLimit(chunk: Uint8Array): boolean;
}

/** @param maxPacketBytes the most that may follow the fixed header of a packet */
export function createPacketScanner(maxPacketBytes: number): PacketScanner {
  let bodyLeft = 0;
  /** Value of the next digit of the length, in base 128, lowest first [MQTT 2.2.3]; 0 before the packet's type. */
  let digitValue = 0;
  let length = 0;

  return {
    isWithinLimit(chunk) {
      for (let offset = 0; offset < chunk.length; ) {
        if (bodyLeft > 0) {
          const skipped = Math.min(bodyLeft, chunk.length - offset);
          bodyLeft -= skipped;
          offset += skipped;
          continue;
        }
        const byte = chunk[offset] ?? 0;
        offset += 1;
        if (digitValue === 0) {
          digitValue = 1;
          length = 0;
          continue;
        }
        length += (byte & 0x7f) * digitValue;
        digitValue *= 128;
        if (length > maxPacketBytes) return false;
        if (byte < 0x80) {
          bodyLeft = length;
          digitValue = 0;
        }
      }
      return true;
    },
  };
}

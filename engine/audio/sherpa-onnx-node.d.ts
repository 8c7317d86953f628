/** The part of sherpa-onnx-node's interface that is used here; the package brings no types. */
declare module 'sherpa-onnx-node' {
  export interface SpeechSegment {
    /** Index of the first sample since the detector's start. */
    start: number;
    samples: Float32Array;
  }

  class Vad {
    constructor(
      config: {
        sileroVad: {
          model: string;
          threshold: number;
          minSpeechDuration: number;
          minSilenceDuration: number;
          maxSpeechDuration: number;
          windowSize: number;
        };
        sampleRate: number;
        numThreads: number;
        debug: boolean;
      },
      bufferSizeInSeconds: number,
    );
    acceptWaveform(samples: Float32Array): void;
    isEmpty(): boolean;
    front(enableExternalBuffer: boolean): SpeechSegment;
    pop(): void;
    flush(): void;
    reset(): void;
  }

  class LinearResampler {
    constructor(inputHz: number, outputHz: number);
    resample(samples: Float32Array, flush: boolean): Float32Array;
  }

  export interface OnlineStream {
    acceptWaveform(wave: { sampleRate: number; samples: Float32Array }): void;
    inputFinished(): void;
  }

  class SpeakerEmbeddingExtractor {
    constructor(config: { model: string; numThreads: number; debug: boolean });
    readonly dim: number;
    createStream(): OnlineStream;
    isReady(stream: OnlineStream): boolean;
    compute(stream: OnlineStream, enableExternalBuffer: boolean): Float32Array;
  }

  const sherpa: {
    Vad: typeof Vad;
    LinearResampler: typeof LinearResampler;
    SpeakerEmbeddingExtractor: typeof SpeakerEmbeddingExtractor;
  };
  export default sherpa;
}

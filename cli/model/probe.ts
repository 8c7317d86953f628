/**
 * Loads the speaker model named on the command line and prints its dimension. In a process of its own: a file that is
 * no model ends the process from within the native library.
 */
import sherpa from 'sherpa-onnx-node';

const [, , file = ''] = process.argv;
const extractor = new sherpa.SpeakerEmbeddingExtractor({ model: file, numThreads: 1, debug: false });
process.stdout.write(String(extractor.dim));

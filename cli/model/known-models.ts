/** A published speaker model that sherpa-onnx loads. */
export interface KnownModel {
  url: string;
  /** Of the file, hexadecimal; undefined where no published source states it: recorded at the first download. */
  sha256?: string;
  source: string;
  licence: string;
  /** What its authors published, on VoxCeleb1-O at 16 kHz: not what it does on telephone speech. */
  published: string;
}

const RELEASE = 'https://github.com/k2-fsa/sherpa-onnx/releases/download/speaker-recongition-models';

/** By the name that `npm run model -- NAME` takes. The release's name is misspelt at its source. */
export const knownModels: Readonly<Record<string, KnownModel>> = {
  'wespeaker-resnet34-lm': {
    url: `${RELEASE}/wespeaker_en_voxceleb_resnet34_LM.onnx`,
    sha256: 'e9848563da86f263117134dfd7ad63c92355b37de492b55e325400c9d9c39012',
    source: 'WeSpeaker ResNet34-LM, trained on VoxCeleb2',
    licence: 'CC BY 4.0',
    published: '0.72 % with AS-norm',
  },
  'wespeaker-campplus-lm': {
    url: `${RELEASE}/wespeaker_en_voxceleb_CAM++_LM.onnx`,
    sha256: 'e197af7e9d473030cf486b3124149a19bf37014d0e4485e4c70c483b0ec10cb2',
    source: 'WeSpeaker CAM++-LM, trained on VoxCeleb2',
    licence: 'CC BY 4.0',
    published: 'none found',
  },
  '3dspeaker-campplus': {
    url: `${RELEASE}/3dspeaker_speech_campplus_sv_en_voxceleb_16k.onnx`,
    source: '3D-Speaker CAM++, trained on VoxCeleb2',
    licence: 'Apache-2.0',
    published: '0.73 %',
  },
  '3dspeaker-eres2net': {
    url: `${RELEASE}/3dspeaker_speech_eres2net_sv_en_voxceleb_16k.onnx`,
    source: '3D-Speaker ERes2Net, trained on VoxCeleb2',
    licence: 'Apache-2.0',
    published: '0.97 %',
  },
  'nemo-titanet-small': {
    url: `${RELEASE}/nemo_en_titanet_small.onnx`,
    sha256: 'ad4a1802485d8b34c722d2a9d04249662f2ece5d28a7a039063ca22f515a789e',
    source: 'NVIDIA NeMo TitaNet-S',
    licence: 'CC BY 4.0',
    published: '1.15 %',
  },
  'nemo-titanet-large': {
    url: `${RELEASE}/nemo_en_titanet_large.onnx`,
    source: 'NVIDIA NeMo TitaNet-L',
    licence: 'CC BY 4.0',
    published: '0.66 %',
  },
};

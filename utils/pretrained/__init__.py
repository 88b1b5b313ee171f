"""Networks with trained weights: torchvision's in the full profile, a small embedded one in the smoke profile."""

from utils.pretrained.backbone import BACKBONES, embedded_net, load_backbone
from utils.pretrained.net import EmbeddedNet

__all__ = ["BACKBONES", "EmbeddedNet", "embedded_net", "load_backbone"]

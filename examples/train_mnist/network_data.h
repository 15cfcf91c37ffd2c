// The trained network as data for a page, whose script computes it again (page/draw_network.js).
#pragma once

#include <gradus/core/io/dataset.h>
#include <gradus/layers/layer.h>

#include <cstdint>
#include <string>

namespace gradus::examples {

// JSON: the layers in order as evaluation runs them, without those that then do nothing (Dropout, Flatten); a few
// images of `test` for the visitor to start from; and the logits that the model itself has for these, so that the page
// can say how far its script is from the program. Numbers are little-endian in base64: float32, but where the page
// would grow too large ("precision": "float16") matrices are rounded to half precision.
// "null" for a network of more than 1.2 million parameters, too many for a page, and for one whose training went
// astray, with logits that are not finite. Throws std::invalid_argument naming the layer if there is one that the
// script cannot compute.
std::string network_data(Layer& model, const ImageSet& test);

// The number in IEEE 754's binary16, rounded to the nearest, halfway to the even one.
std::uint16_t to_half(float number);

}  // namespace gradus::examples

// Images as somebody else might have written them: every training image is moved, turned, scaled and bent a little,
// differently each time it is seen, so that a network learns what a digit is and not these 60,000 pictures.
//
// Each pixel of the new image is read from the old one at a place
//
//   center + M (pixel - center) + shift + bend(pixel)
//
// M turns and scales; bend is smooth, a cubic B-spline through random numbers on a coarse grid: the elastic distortion
// of Simard, Steinkraus and Platt (2003, "Best practices for convolutional neural networks applied to visual document
// analysis"), who smoothed random numbers at every pixel. Between pixels and outside of the image: bilinear, and 0.
#pragma once

#include <gradus/core/tensor/random.h>

namespace gradus::examples {

// How much: chosen on training images held out, where a bend of 2.8 or 4 did worse.
struct Distortion {
  Scalar shift = Scalar(1.5);   // pixels in either direction, at most
  Scalar turn = Scalar(0.2);    // radians in either direction, at most
  Scalar scale = Scalar(0.12);  // larger or smaller by this share, at most
  Scalar bend = Scalar(1.6);    // deviation of the coarse grid's numbers, in pixels
  std::int64_t grid = 7;        // its spacing, in pixels
};

// x [n, rows * columns] distorted, each image by random numbers of its own that follow from rng: the same on any number
// of threads.
Tensor distorted(const Tensor& x, std::int64_t rows, std::int64_t columns, const Distortion& by, Rng& rng);

}  // namespace gradus::examples

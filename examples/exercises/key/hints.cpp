#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

std::array<std::string, 3> hints(int number) {
  static const std::vector<std::array<std::string, 3>> all = {
      // 1 multiply
      {"Take one element. If a grows by 1 and b stays, by how much does y = a b grow?",
       "∂y/∂a = b and ∂y/∂b = a. The loss moves dy times as far as y does, so a slope and dy are multiplied, element "
       "by "
       "element.",
       "da is dy times the other factor, b; db is dy times a."},
      // 2 fan_out
      {"If a moves by a little, two things move. What is the effect on the loss of both together?",
       "Work out the path by u alone, as in exercise 1, then the path by v alone. Effects on the same loss add.",
       "da is du times b, plus dv times c."},
      // 3 sum
      {"By how much does y move if x_ij, and nothing else, grows by 1?",
       "∂y/∂x_ij = 1 for every i and j. So every element gets the same gradient; only the shape is left to mend.",
       "dx is dy, one number, repeated over the shape of x."},
      // 4 mean
      {"How many elements share the mean, and what is one element's share?",
       "y_i moves by 1/c when x_ij grows by 1, and no other y moves. So a whole row of dx is the same number, made "
       "from "
       "that row's dy.",
       "Make dy a column, [n, 1], repeat it over the shape of x, and divide by c."},
      // 5 broadcast_add
      {"x_ij meets one y. How many y does b_j meet?",
       "∂y_ij/∂x_ij = 1 gives dx at once. b_j is in every row of its column: exercise 2 with a path for each row, so "
       "the paths' gradients are added.",
       "dx is dy as it is; db is dy summed over the rows, axis 0."},
      // 6 relu
      {"What is the slope of relu to the right of 0? And to the left?",
       "The slope is 1 where x > 0 and 0 elsewhere. Multiply dy by that slope, element by element; you can build it "
       "with "
       "a loop over values() and mutable_values().",
       "dx is dy where x > 0, and 0 where it is not."},
      // 7 sigmoid
      {"Differentiate y = 1/(1 + e^-x). Can what you get be written with y alone?",
       "∂y/∂x = e^-x/(1 + e^-x)². One of the two factors 1/(1 + e^-x) is y; what is the rest, e^-x/(1 + e^-x), in "
       "terms "
       "of y?",
       "The slope is y times (1 - y); dx is dy times that."},
      // 8 transpose
      {"Number x_ij goes to which place of y? So at which place does its gradient arrive?",
       "y_ji = x_ij, with slope 1. Only places change; the backward carries every number back to where it came from.",
       "dx is dy, transposed."},
      // 9 matmul
      {"In which y does x_ij take part, and with which factor in each?",
       "y_ik = Σ_j x_ij w_jk, so dx_ij = Σ_k dy_ik w_jk. Read it as a product of matrices: w's indices stand the other "
       "way round. Do the same for w_jk, which is used in every row i. Shapes leave you only one way to put it "
       "together.",
       "dx is dy times w transposed; dw is x transposed times dy."},
      // 10 mse
      {"What is the derivative of one square (y - target)²? How is it shared when squares are averaged?",
       "By the chain rule the square gives 2 (y - target); the mean over all elements gives 1 over their number; and "
       "dloss arrives from above.",
       "dy is dloss times 2 times (y - target), divided by the number of elements."},
      // 11 dropout
      {"The mask is drawn already. How much does y_ij move when x_ij grows by 1, if mask_ij is 1? And if it is 0?",
       "y is x times a constant, mask / (1 - p). What is the slope of that?",
       "dx is dy times the mask, divided by 1 - p: the same factor as in the forward."},
      // 12 softmax
      {"If x_j grows, its own y_j grows, and what do the other y of the row do? (They add up to 1.)",
       "∂y_k/∂x_j is y_j (1 - y_j) for k = j and -y_k y_j otherwise: together y_k (1[k = j] - y_j). Multiply by dy_k "
       "and "
       "sum over k; the part with 1[k = j] leaves a single term, and y_j leaves the sum.",
       "dx is y times (dy minus the sum over the row of dy y), with that sum kept as a column so that it broadcasts."},
      // 13 cross_entropy
      {"Put log p_ij = x_ij - log Σ_k e^x_ik into the loss. What is left to differentiate?",
       "In a row, the loss is -Σ_j target_j x_j + log Σ_k e^x_k, as the targets add up to 1. The first part's slope is "
       "-target_j. The second part's is a share: e^x_j over the sum.",
       "dlogits is (softmax(logits) - target), times dloss, divided by the number of rows."},
      // 14 layer_norm
      {"Normalizing within a row: what does it do to the outputs if you add a constant to the row, or stretch it?",
       "Nothing; so the gradient has no part along those two directions. Begin with g = dy gamma, take away its mean "
       "over "
       "the row, and its part along xhat; then scale. dgamma and dbeta are shared by all rows.",
       "dx is s times (g minus the row's mean of g, minus xhat times the row's mean of g xhat). dgamma is dy xhat "
       "summed "
       "over the rows, dbeta is dy summed over the rows."},
      // 15 staged_batch_norm
      {"Draw the arrows: x to xhat; x to mu; x to the variance; mu to xhat and to the variance; the variance to xhat. "
       "Which of these have you walked back?",
       "Each gradient is the sum over its outgoing arrows. ∂xhat_k/∂variance = -1/2 (x_k - mu) s³, ∂xhat_k/∂mu = -s, "
       "∂variance/∂x_i = 2/m (x_i - mu), ∂mu/∂x_i = 1/m. mu and the variance are one number a column, so what comes "
       "from "
       "the whole column is summed.",
       "dxhat is dy gamma. dvariance is -1/2 s³ times the sum of dxhat (x - mu). dmu is -s times the sum of dxhat "
       "(what "
       "comes by the variance is zero). dx is dxhat s, plus dmu / m, plus dvariance times 2/m (x - mu)."},
      // 16 batch_norm
      {"Put dmu and dvariance of exercise 15 into dx. Which letters can be gathered into xhat = (x - mu) s?",
       "The middle term becomes -gamma s / m Σ dy. In the last one, give one of the three factors s to x_k - mu inside "
       "the sum and one to x_i - mu outside: both become xhat, and 1/2 cancels the 2. All three terms share gamma s.",
       "dx is gamma s times (dy minus its mean over the batch, minus xhat times the mean over the batch of dy xhat). "
       "dgamma is the sum of dy xhat, dbeta the sum of dy."},
      // 17 tape
      {"The gradient of the last line with respect to itself is known. Of which line do you know all users next?",
       "Users of a line stand below it. Walk from the last line to the first: when you reach a line, everything that "
       "used "
       "it has given its share. Then it gives shares to its own operands.",
       "Start with grad 0 everywhere and 1 at the end. From the end to the start, add grad_i d_left to the gradient of "
       "the left operand and grad_i d_right to that of the right one, where there is one. Add, do not assign: both may "
       "be "
       "the same line."},
      // 18 embedding
      {"Token i chose a row. Which row of dw does dy_i belong to? And if two tokens chose the same?",
       "Looking up is copying, with slope 1; a row that is copied to two places gets two gradients, which add "
       "(exercise "
       "2). A row that nobody chose keeps 0.",
       "Start dw with zeros in the shape of w. For each token i and column j, add dy_ij to dw at row token_i, column "
       "j."},
      // 19 convolution
      {"At place p, q the number w_rs multiplies one x. Which one?",
       "∂y_pq/∂w_rs = x_(p + r)(q + s). w_rs is used at every place, so the contributions dy_pq times that x are added "
       "over all p and q.",
       "Four loops, r and s outside, p and q inside: dw_rs is the sum of dy_pq x_(p + r)(q + s)."},
      // 20 causal_softmax
      {"Where j > i, y_ij is 0 whatever x is. What gradient can x_ij have there?",
       "Within a row this is exercise 12: y (dy - Σ dy y). As y is 0 behind the mask, the formula gives 0 there by "
       "itself. What does the forward do to x before the softmax?",
       "dx is y times (dy minus the row's sum of dy y), divided by √d."},
      // 21 derivation
      {"Four routes lead from x_i to the loss: direct; by mu; by mu and the variance; by the variance. Does your line "
       "have "
       "a term for each, and does Σ_k stand where a route fans out to the whole batch?",
       "In lines 1 to 5 the third route is there and is 0, since Σ_j (x_j - mu) = 0; keep its sum a factor of its own. "
       "From line 6 on there are three terms: the direct one, one with Σ_k dy_k, one with Σ_k dy_k (x_k - mu). The "
       "deviation in front of the last sum is sample i's and stays outside.",
       "Line 1: dxhat dxhat_dx + [dmu_dx Σ dxhat dxhat_dmu + dmu_dx Σ dxhat dxhat_dvariance dvariance_dmu] + "
       "dvariance_dx "
       "Σ dxhat dxhat_dvariance. The others are equations 2 to 10 of layers/batch_norm.md."},
  };
  return all.at(static_cast<std::size_t>(number) - 1);
}

}  // namespace gradus::exercises

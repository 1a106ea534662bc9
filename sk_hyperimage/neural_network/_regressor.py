"""A convolutional regressor over patches, whole images or hyper-images."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network._base import BaseCNN
from sk_hyperimage.neural_network._tasks import Scores
from sk_hyperimage.neural_network.training._prediction import check_finite
from sk_hyperimage.utils._scores import KeepsScores
from sk_hyperimage.utils._sklearn import StrOptions
from sk_hyperimage.utils._validation import check_target


class CNNRegressor(KeepsScores, RegressorMixin, BaseCNN):
    """Convolutional neural network for regression, trained as in the hyper-image paper.

    The network reads channel-last samples: patches, whole images or hyper-images. The defaults
    are the paper's training: stochastic gradient descent with Nesterov momentum on the mean
    absolute error, a learning rate that decays with every update and is divided by ten on a
    plateau of the validation error, early stopping, and the weights of the best epoch kept.
    Targets are standardized for training; predictions come back in the unit of y.

    Parameters
    ----------
    layers : str, torch.nn.Module, Architecture or callable
        The architecture in the paper's notation, for instance
        ``"C(16) MP(2) FC(400) Drop(0.5) FC(1,linear)"``; see :mod:`sk_hyperimage.architectures`.
        The last layer must be dense; its width is set to the number of outputs. A module instance
        is copied; an :class:`Architecture`, class or function is called as
        ``layers(input_shape=..., n_outputs=...)``.
        Modules take channel-last batches, give (n, n_outputs) without a last activation function
        and, to serve as a first stage, have a method ``embed(batch, layer)``.
    loss : {"absolute_error", "squared_error"}, default="absolute_error"
        Loss minimized in training, on standardized targets.
    normalize_y : bool, default=True
        Whether the network learns y less its mean, divided by its standard deviation. False has
        its outputs be the predictions themselves, as those of most published networks are.
    initial_weights : dict of str to array-like, "codebook", str or path-like, default=None
        Weights to start from in place of random ones: all those of the network, by the names
        that they have in `weights_`, as arrays, tensors or a file of them: ``.safetensors``,
        ``.npz``, or any other ending for what ``torch.save`` writes; no code in a file is run.
        With ``max_epochs=0`` they are used as they are. A parameter, because it then reaches
        stages of a model, and clones, by itself. In training they compete with the weights of
        every epoch on the validation samples. "codebook" starts the first convolution with
        filters learned from the training samples without their targets: centers of k-means of
        their whitened small squares [1]_.
    solver : {"sgd", "adam"}, default="sgd"
        The optimizer.
    learning_rate : {"adaptive", "constant", "cosine"}, default="adaptive"
        "adaptive" divides the learning rate by ten when the validation error (the training error
        without validation) has not improved for a quarter of `n_iter_no_change` epochs; "cosine"
        lets it fall to zero over `max_epochs`.
    learning_rate_init : float, default=0.005
        Learning rate of the first update.
    momentum : float in [0, 1), default=0.9
        Momentum of "sgd".
    nesterovs_momentum : bool, default=True
        Whether that momentum is Nesterov's.
    decay : float, default=1e-5
        The learning rate is divided by ``1 + decay * n_updates``.
    alpha : float, default=0.0
        L2 penalty: `alpha` times each weight is added to its gradient.
    batch_size : int, default=50
        Samples per update.
    batch_by : {"sample", "image"}, default="sample"
        Content of a mini-batch where samples are patches of images: patches drawn at random, or
        all patches of images drawn at random, as many as come closest to `batch_size`. Patches
        that overlap then share the convolutions that they can share exactly, which makes an
        epoch faster, but batches are less mixed, and small where `batch_size` is.
    max_epochs : int or "auto", default="auto"
        Most epochs to train. "auto" is the paper's: 80 on patches, 200 otherwise. With 0 the
        weights stay as `layers` gives them, as those of a wholly frozen network always do.
    early_stopping : bool, default=True
        Whether to hold back samples, stop when their error no longer improves, and keep the
        weights of the best epoch.
    validation_fraction : float in (0, 1), default=0.25
        Share of the groups (of the samples, without groups) held back for early stopping; with
        the outer test set of 20 % that is the paper's 60/20/20. Samples of weight zero are left
        out. A classifier keeps every class in training, and validates on it where it can.
    n_iter_no_change : int or "auto", default="auto"
        Epochs without a better validation error after which training stops. "auto" is the
        paper's: 20 on patches, 40 otherwise.
    augmentation : {"horizontal", "flips", "symmetries"}, default=None
        Random left-right flips of the training samples; up-down flips as well; all eight
        symmetries of the square. Choose those that leave y unchanged.
    precision : {"full", "tf32", "bfloat16"}, default="full"
        "bfloat16" computes convolutions and products in that type: faster on processors that
        have it (on others slow, with a warning), with two to three significant digits. "tf32"
        lets CUDA GPUs compute them in TF32, with three, and is "full" elsewhere. Weights stay in
        full precision.
    compile : bool, default=False
        Whether ``torch.compile`` translates training and prediction for the device, which takes a
        minute and a C++ compiler. Results change by rounding, and dropout draws other numbers.
        Layers that patches share are left as they are.
    device : str, default="auto"
        Where the network runs: "cpu", "cuda", "cuda:1", "mps". "auto" is a CUDA GPU if there is
        one, else the CPU.
    callbacks : list of skorch callbacks, default=None
        Passed on to skorch. ``LRScheduler``, ``EpochScoring``, ``BatchScoring`` and
        ``InputShapeSetter`` are refused, because they cannot work here.
    random_state : int, RandomState instance or None, default=None
        Seeds the first weights, the order of samples, augmentation, dropout and the choice of the
        validation samples. The same int gives the same predictions, bit for bit, on one machine.
    verbose : int, default=0
        1 shows progress bars: of training with epoch, losses and the time left if training takes
        all epochs, and of predictions that take long.
    warm_start : bool, default=False
        Whether another `fit` of this object goes on with the weights of the last one, in place of
        `initial_weights`: more epochs, or other samples. The learning rate starts anew, and
        `y_mean_` and `y_scale_` become those of the new y, so that its unit may differ. An int
        `random_state` validates on the same samples of the same X again. With validation the
        weights of the last fit compete with those of every epoch.
    higher_is_better : bool, default=None
        Direction of y, such as that of a loader's Bunch; None if it is not known. Fitting does
        not need it: displays, scorers and the command line say and use it.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the torch module.
    weights_ : dict of str to ndarray
        Copies of the weights by name, as ``net_.module_`` has them now, and as they are saved.
        Assigning others, in any form that `initial_weights` takes, changes the fitted network.
    history_ : list of dict
        Of every epoch: "train_loss", "valid_loss", "learning_rate", in units of the standardized
        target. With `warm_start` those of all fits in a row.
    n_iter_ : int
        Epochs trained in the last fit.
    y_mean_, y_scale_ : float
        Weighted mean and standard deviation of y, which standardize the target; 0 and 1 without
        `normalize_y`.
    score_range_ : tuple of float
        Least and greatest y seen in `fit`.
    input_shape_ : tuple of int
        (n_rows, n_cols, n_channels) of the samples.
    reads_any_grid_ : bool
        Whether `predict` takes samples of any number of rows and columns, as networks do that
        begin with ``Mean``, ``MeanStd`` or ``WeightedMean``.
    n_features_in_ : int
        Channels of the samples; columns of a 2-D X.

    See Also
    --------
    CNNClassifier : The same for labels.
    PretrainedVGG16 : An architecture whose convolutions were trained before.
    sk_hyperimage.feature_extraction.HyperImageEncoder : Makes a first stage of it.

    Notes
    -----
    float64 samples are computed in float64, all others in float32: pass float32 or uint8 images
    for speed. Weights start He-normal.

    Ctrl-C ends training with a ConvergenceWarning; the best weights so far are kept (without
    validation those of that moment). It raises KeyboardInterrupt, and leaves the estimator as it
    was, before the first epoch is complete, a second time within 5 seconds, and where more work
    would build on the network: in the first stage of a model, and in `cross_validate_quality`.

    References
    ----------
    The hyper-image paper, "Training/testing pipeline" and Table 4.

    .. [1] A. Coates, H. Lee and A. Y. Ng, "An analysis of single-layer networks in unsupervised
       feature learning", AISTATS 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    >>> brightness = images.mean(axis=(1, 2))
    >>> model = CNNRegressor("C(4) MP(8) FC(8) FC(1,linear)", max_epochs=3, random_state=0)
    >>> model.fit(images, brightness).predict(images).shape
    (40,)
    """

    loss: str
    normalize_y: bool

    _parameter_constraints: dict = {
        **BaseCNN._parameter_constraints,
        **KeepsScores._score_constraints,
        "loss": [StrOptions({"absolute_error", "squared_error"})],
        "normalize_y": ["boolean"],
    }

    def __init__(
        self,
        layers,
        *,
        loss="absolute_error",
        normalize_y=True,
        initial_weights=None,
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=0.005,
        momentum=0.9,
        nesterovs_momentum=True,
        decay=1e-5,
        alpha=0.0,
        batch_size=50,
        batch_by="sample",
        max_epochs="auto",
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change="auto",
        augmentation=None,
        precision="full",
        compile=False,
        device="auto",
        callbacks=None,
        random_state=None,
        verbose=0,
        warm_start=False,
        higher_is_better=None,
    ):
        self._store(locals())

    @property
    def _task(self) -> Scores:
        return Scores(self.loss, self.y_mean_, self.y_scale_)

    def _check_target(
        self, y: ArrayLike, weight: Floats, samples: Samples
    ) -> tuple[Floats, Floats]:
        return self._standardize(check_target(y, samples, self), weight), weight

    def _standardize(self, y: Floats, weight: Floats) -> Floats:
        """Keep mean, deviation and range of scores (n, ...), where there is to be one of each."""
        with np.errstate(over="ignore"):
            mean = float(np.average(y, weights=weight, axis=0).mean())
            variance = np.average((y - mean) ** 2, weights=weight, axis=0).mean()
        if not np.isfinite(variance):
            raise ValueError("y or sample_weight holds values too large for their mean square")
        scale = float(np.sqrt(variance)) or 1.0
        self.y_mean_, self.y_scale_ = (mean, scale) if self.normalize_y else (0.0, 1.0)
        return self._keep_range(y)

    def predict(self, X: ImagesLike) -> Floats:
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,)
            In the unit of the y seen in `fit`.
        """
        outputs = self._outputs(X)
        return check_finite(self._task.decode(outputs), type(self).__name__)

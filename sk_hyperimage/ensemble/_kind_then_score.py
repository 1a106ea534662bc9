"""Two stages: which kind of damage an image has, then its score by what is known of the kind."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils import check_consistent_length, get_tags, indexable
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, ImagesLike, Predictor
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.utils._routing import fit_with
from sk_hyperimage.utils._sklearn import HasMethods, _safe_indexing, fit_or_restore
from sk_hyperimage.utils._validation import check_labels, check_target


class KindThenScoreRegressor(RegressorMixin, MetaEstimatorMixin, BaseEstimator):
    """Mean of regressors of one kind of damage each, weighted by how probable the kind is.

    A classifier learns the kinds of damage, and for each kind a clone of one regressor learns
    scores from the images of that kind alone. DIIVINE predicts so, and BIQI before it; any
    features, or images, will do.

    Parameters
    ----------
    classifier : classifier
        Of whatever X is, with `predict_proba`; it is cloned and fitted on the kinds.
    regressor : regressor
        Of whatever X is; a clone is fitted on every kind.

    Attributes
    ----------
    kinds_ : ndarray of shape (n_kinds,)
        The kinds, sorted.
    classifier_ : classifier or None
        None if there is one kind only.
    regressors_ : list of regressors
        One for each of `kinds_`.
    n_features_in_ : int
        That of the regressors, if they have one.

    See Also
    --------
    sk_hyperimage.feature_extraction.DiivineFeatures : What it was published for.

    Notes
    -----
    Where kinds are not known, as of photographs as people take them, all images count as one kind,
    and the model is its regressor. Undamaged images that train it need a kind, too.

    References
    ----------
    Moorthy and Bovik, "Blind image quality assessment: from natural scene statistics to perceptual
    quality", IEEE Transactions on Image Processing, 2011, Section V.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from sk_hyperimage.ensemble import KindThenScoreRegressor
    >>> kinds = np.repeat(["blur", "noise"], 20)
    >>> X = np.random.default_rng(0).random((40, 2)) + 3 * (kinds == "blur")[:, np.newaxis]
    >>> y = np.where(kinds == "blur", X[:, 0], -X[:, 1])
    >>> model = KindThenScoreRegressor(LogisticRegression(), LinearRegression())
    >>> model.fit(X, y, kinds=kinds).score(X, y) > 0.9
    True

    DIIVINE's own estimators are support vector machines:

    >>> from sklearn.calibration import CalibratedClassifierCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklearn.svm import SVC, SVR
    >>> from sk_hyperimage.feature_extraction import DiivineFeatures
    >>> svc = CalibratedClassifierCV(SVC(), ensemble=False)
    >>> two_stages = KindThenScoreRegressor(svc, SVR())
    >>> diivine = make_pipeline(DiivineFeatures(), MinMaxScaler((-1, 1)), two_stages)
    """

    __metadata_request__fit = {"kinds": True, "groups": True}

    _parameter_constraints: dict = {
        "classifier": [HasMethods(["fit", "predict_proba"])],
        "regressor": [HasMethods(["fit", "predict"])],
    }

    def __init__(self, classifier: Any, regressor: Predictor):
        self.classifier = classifier
        self.regressor = regressor

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ImagesLike,
        y: ArrayLike,
        *,
        kinds: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier on all images, and a regressor on those of each kind.

        Parameters
        ----------
        X : array-like or sequence of images or file paths
            Whatever the classifier and the regressor take.
        y : array-like of shape (n_images,)
            Scores.
        kinds : array-like of shape (n_images,), default=None
            The kind of damage of each image: strings or numbers. None: all are of one.
        groups : array-like of shape (n_images,), default=None
            What each image was made from; passed on to a classifier or regressor that takes it.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a kind is missing, lengths differ, or there are too few images of a kind for the
            classifier or the regressor; the message names it and tells how many there are.
        """
        (X,) = indexable(X)
        target = check_target(y, X, self)  # type: ignore[arg-type]
        if kinds is None:
            kinds = np.zeros(len(target), dtype=int)
        check_consistent_length(target, kinds)
        self.kinds_, codes = check_labels(kinds, X, self, name="kinds")  # type: ignore[arg-type]
        metadata = {}
        if groups is not None:
            metadata["groups"] = np.asarray(groups)
            check_consistent_length(target, groups)

        self.classifier_ = None
        if len(self.kinds_) > 1:
            counts = dict(zip(self.kinds_.tolist(), np.bincount(codes).tolist(), strict=True))
            with errors_named(f"classifier, on kinds of these numbers of images, {counts}"):
                self.classifier_ = fit_with(
                    clone(self.classifier), X, self.kinds_[codes], metadata
                )
        self.regressors_ = []
        for code, kind in enumerate(self.kinds_.tolist()):
            rows = np.flatnonzero(codes == code)
            given = {name: values[rows] for name, values in metadata.items()}
            of_kind, regressor = _safe_indexing(X, rows), clone(self.regressor)
            with errors_named(f"regressor, on the {len(rows)} images of kind {kind!r}"):
                self.regressors_.append(fit_with(regressor, of_kind, target[rows], given))
        if hasattr(self.regressors_[0], "n_features_in_"):
            self.n_features_in_ = self.regressors_[0].n_features_in_
        return self

    def predict(self, X: ImagesLike) -> Floats:
        """Predict scores.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        y : ndarray of shape (n_images,)
        """
        check_is_fitted(self)
        scores = np.stack([regressor.predict(X) for regressor in self.regressors_], axis=1)
        if self.classifier_ is None:
            return scores[:, 0]
        return (self.classifier_.predict_proba(X) * scores).sum(axis=1)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.regressor).input_tags
        return tags
